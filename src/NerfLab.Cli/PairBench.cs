using NerfLab.Data;
using NerfLab.Plotting;
using NerfLab.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>Every field teaches every field, each for the same time, beside fields that learn from the pictures for that time.</summary>
/// <param name="scene">With test views.</param>
/// <param name="folder">For the figures, the plot and the run folder of each teacher.</param>
/// <param name="device">Where to compute.</param>
/// <param name="screen">For the tables.</param>
/// <param name="stop">Ends it early.</param>
sealed class PairBench(Scene scene, string folder, Device device, Screen screen, Interruption stop)
{
    /// <summary>What came of one student.</summary>
    /// <param name="Teacher">A field, or <see cref="Pictures"/>.</param>
    /// <param name="Student">A field.</param>
    /// <param name="Report">The figures.</param>
    readonly record struct Pair(string Teacher, string Student, DistillReport Report);

    const string Pictures = "pictures";

    readonly List<Pair> _pairs = [];

    /// <summary>Training time of each student, seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Training time of each teacher, seconds.</summary>
    public required double TeacherSeconds { get; init; }

    /// <summary>Test views that pictures are compared on, at most.</summary>
    public required int Views { get; init; }

    /// <summary>Teaches all pairs, and writes what there is after each teacher.</summary>
    /// <param name="teachers">Names of fields.</param>
    /// <param name="students">Names of fields.</param>
    /// <param name="preset">The teachers' recipe of a field.</param>
    public void Run(IReadOnlyList<string> teachers, IReadOnlyList<string> students, Func<string, Recipe> preset)
    {
        if (scene.Test.Count == 0) throw new BadInputException($"scene {scene.Name}: it has no test views to measure fields on");
        foreach (var student in students)
        {
            using var run = Train(preset(student), Seconds, $"{student} from the pictures");
            Add(Pictures, student, Distillations.Measure(run, Teacher.Of(run), scene, Views));
        }
        foreach (var name in teachers)
        {
            using var run = Taught(name, preset(name));
            var teacher = Teacher.Of(run, name);
            var own = Distillations.Measure(run, teacher, scene, Views);
            screen.Result(Invariant($"teacher {name}: {own.Psnr:0.00} dB after {run.Training.Done} steps in {Screen.Time(run.Training.Seconds)}, {Screen.Count(run.ParameterCount)} parameters"));
            foreach (var student in students) Add(name, student, Teach(teacher, student));
            Write(teachers.Take(teachers.ToList().IndexOf(name) + 1).ToList(), students);
        }
        Show();
    }

    /// <summary>A teacher of an earlier time, or one that is trained now.</summary>
    Run Taught(string name, Recipe recipe)
    {
        var into = Path.Combine(folder, $"teacher-{name}");
        if (Recipes.Run.HasCheckpoint(into)) return Recipes.Run.Open(into, device);
        var run = Train(recipe, TeacherSeconds, $"teacher {name}");
        run.Save(into);
        return run;
    }

    Run Train(Recipe recipe, double seconds, string what)
    {
        var run = Recipes.Run.Start(recipe, scene, device);
        screen.Begin();
        foreach (var step in run.StepsFor(seconds)) Watch(what, step.Seconds / seconds, step.Outcome.Psnr);
        screen.End();
        return run;
    }

    DistillReport Teach(Teacher teacher, string student)
    {
        screen.Begin();
        var (run, report) = Distillations.Distil(teacher, Distillations.Student(student), Seconds, truth: scene, views: Views,
            each: step => Watch($"{teacher.Name} to {student}", step.Seconds / Seconds, step.Outcome.Psnr));
        run.Dispose();
        screen.End();
        return report;
    }

    void Watch(string what, double fraction, double psnr)
    {
        stop.Check($"{folder} holds what was measured before");
        screen.Progress(what, double.Min(1, fraction), () => double.IsNaN(psnr) ? "no pixels yet" : Invariant($"{psnr:0.0} dB"));
    }

    void Add(string teacher, string student, DistillReport report)
    {
        _pairs.Add(new Pair(teacher, student, report));
        screen.Note(Invariant($"{teacher} to {student}: {(teacher == Pictures ? "" : Invariant($"{report.PsnrToTeacher:0.00} dB to the teacher, "))}{report.Psnr:0.00} dB to the test pictures"));
    }

    void Write(IReadOnlyList<string> teachers, IReadOnlyList<string> students)
    {
        AtomicFile.Write(Path.Combine(folder, "pairs.csv"), string.Concat(_pairs.Select(p => Invariant(
            $"{p.Teacher},{p.Student},{(p.Teacher == Pictures ? "" : Invariant($"{p.Report.PsnrToTeacher:0.####}"))},{p.Report.Psnr:0.####},{p.Report.Steps},{p.Report.PreparingSeconds:0.###},{p.Report.Seconds:0.###},{p.Report.Parameters}\n"))
            .Prepend("teacher,student,psnr to teacher,psnr,steps,preparing,seconds,parameters\n")));
        string[] rows = [.. teachers, Pictures];
        var near = Figure.Matrix("PSNR to the teacher (dB)", teachers, students, Values(teachers, students, r => r.PsnrToTeacher));
        var correct = Figure.Matrix("PSNR to the test pictures (dB)", rows, students, Values(rows, students, r => r.Psnr ?? double.NaN));
        new FigureGrid(near, correct) { Columns = 1, Title = Invariant($"{scene.Name}: teachers downwards, students after {Seconds:0.#} s to the right") }.Write(Path.Combine(folder, "pairs.png"));
    }

    double[,] Values(IReadOnlyList<string> rows, IReadOnlyList<string> columns, Func<DistillReport, double> value)
    {
        var values = new double[rows.Count, columns.Count];
        for (int r = 0; r < rows.Count; r++)
            for (int c = 0; c < columns.Count; c++)
                values[r, c] = double.Round(value(_pairs.First(p => p.Teacher == rows[r] && p.Student == columns[c]).Report), 1);
        return values;
    }

    void Show()
    {
        screen.Result(Invariant($"{scene.Name}: {scene.Train.Count} views to learn from, {int.Min(Views, scene.Test.Count)} to measure on; {InfoCommand.Processor}, {Environment.ProcessorCount} threads, {device}"));
        screen.Result("");
        var table = new MarkdownTable("teacher, student", "to teacher, dB", "PSNR, dB", "from pictures, dB", "steps", "before, s", "training, s", "parameters");
        foreach (var p in _pairs.Where(p => p.Teacher != Pictures))
            table.Add($"{p.Teacher}, {p.Student}", Invariant($"{p.Report.PsnrToTeacher:0.00}"), Invariant($"{p.Report.Psnr:0.00}"), Invariant($"{_pairs.First(q => q.Teacher == Pictures && q.Student == p.Student).Report.Psnr:0.00}"),
                Invariant($"{p.Report.Steps}"), Invariant($"{p.Report.PreparingSeconds:0.0}"), Invariant($"{p.Report.Seconds:0.0}"), Screen.Count(p.Report.Parameters));
        foreach (var line in table.Lines) screen.Result(line);
        screen.Result("");
        screen.Note(Invariant($"{folder}: pairs.csv, pairs.png, and a run folder of each teacher; {Evaluation.PeakMemory:0} MiB at most"));
    }
}
