using NerfLab.Benchmarks;

// What a benchmark prints is for reading; nothing passes or fails here.
switch (args)
{
    case ["torch-call"]: TorchCall.Run(); break;
    case ["torch-adam"]: TorchAdam.Run(); break;
    default:
        Console.WriteLine("usage: NerfLab.Benchmarks torch-call | torch-adam");
        Environment.ExitCode = 2;
        break;
}
