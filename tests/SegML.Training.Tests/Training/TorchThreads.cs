using SegML.Training.Networks;
using static TorchSharp.torch;

namespace SegML.Tests.Training;

/// <summary>
/// One thread for TorchSharp in all tests: their tensors are so small that threads cost more than they bring, and on busy
/// cores OpenMP's threads wait for each other by spinning, which makes a second into a minute. And libtorch as SegML loads it, since many tests compute first.
/// </summary>
[TestClass]
public static class TorchThreads
{
    [AssemblyInitialize]
    public static void Set(TestContext _)
    {
        TorchLibrary.Require();
        set_num_threads(1);
    }
}
