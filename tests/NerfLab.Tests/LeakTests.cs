using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Tensors are counted over the whole process, so nothing may run beside this.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true), Collection(nameof(LeakTests))]
public class LeakTests
{
    [Fact]
    public void NeitherStepsNorBreaksLeakTensors()
    {
        using var run = TrainingTests.Started(TrainingTests.Hash);
        foreach (var _ in run.Steps(20)) { }
        // What other tests left to the garbage collector must not be counted.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
            foreach (var step in run.Steps(4))
            {
                _ = ones(3); // the loop's body makes tensors too
                if (step.Index % 4 == 2) break;
            }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
