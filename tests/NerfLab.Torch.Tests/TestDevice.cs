using TorchSharp;

// Default types, print options, counts of living tensors: tests share the process's state.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace NerfLab.Torch.Tests;

/// <summary>Where the tests compute: the device named by NERFLAB_TEST_DEVICE, the CPU without it.</summary>
static class TestDevice
{
    public static torch.Device Current { get; } = torch.device(Environment.GetEnvironmentVariable("NERFLAB_TEST_DEVICE") ?? "cpu");
}
