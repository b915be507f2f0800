using NerfLab.Benchmarks;

// What a benchmark prints is for reading; nothing passes or fails here.
switch (args)
{
    case ["torch-call"]: TorchCall.Run(); break;
    default:
        Console.WriteLine("usage: NerfLab.Benchmarks torch-call");
        Environment.ExitCode = 2;
        break;
}
