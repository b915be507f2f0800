using System.CommandLine;
using System.CommandLine.Help;
using NerfLab.Cli;

var root = new Command("nerflab", "Train, measure and look at neural radiance fields.")
{
    new HelpOption(), new VersionOption(),
    TrainCommand.Create(), DistillCommand.Create(), EvalCommand.Create(), CompareCommand.Create(), RenderCommand.Create(), TourCommand.Create(), ExportCommand.Create(), DataCommand.Create(), PoseCommand.Create(), StylizeCommand.Create(), StylizeCompareCommand.Create(), StyleCommand.Create(), TrainExtractorCommand.Create(), NotebookCommand.Create(), NotebookCommand.CreateCells(), PublishCommand.Create(), BenchCommand.Create(), KernelCommand.Create(), InfoCommand.Create(),
};
return CommandLine.Start(root, args);
