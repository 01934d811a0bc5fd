using System.Runtime.InteropServices;

namespace SegML.Training.Ranks;

/// <summary>
/// The dozen functions of Open MPI that training needs, found when they are first wanted: an app that trains in one process needs no MPI. Open MPI's handles are
/// the addresses of exported objects, which is why other implementations do not fit.
/// </summary>
internal sealed unsafe class Mpi
{
    /// <summary>Calls come from any thread, one at a time.</summary>
    private const int Serialized = 2;

    private static readonly string[] _names = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.so.40", "libmpi.so"];

    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly nint _world, _sum, _float, _double;

    private Mpi(nint library)
    {
        _allReduce = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Find("MPI_Allreduce");
        _finalize = (delegate* unmanaged<int>)Find("MPI_Finalize");
        _abort = (delegate* unmanaged<nint, int, int>)Find("MPI_Abort");
        (_world, _sum) = (Find("ompi_mpi_comm_world"), Find("ompi_mpi_op_sum"));
        (_float, _double) = (Find("ompi_mpi_float"), Find("ompi_mpi_double"));
        var start = (delegate* unmanaged<int*, byte***, int, int*, int>)Find("MPI_Init_thread");
        var rank = (delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_rank");
        var size = (delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_size");
        int provided, found, count;
        Check(start(null, null, Serialized, &provided), "MPI_Init_thread");
        Check(rank(_world, &found), "MPI_Comm_rank");
        Check(size(_world, &count), "MPI_Comm_size");
        if (provided < Serialized)
        {
            throw new SegMLException("Open MPI", "was built without threads", "install one that has them: apt-get install openmpi-bin libopenmpi-dev");
        }
        (Rank, Count) = (found, count);

        nint Find(string name) => NativeLibrary.TryGetExport(library, name, out nint address) ? address
            : throw new SegMLException("the MPI library", $"has no {name}: it is not Open MPI", "run with Open MPI's mpirun and library: apt-get install openmpi-bin libopenmpi-dev");
    }

    public int Rank { get; }

    public int Count { get; }

    /// <summary>Loads the library and joins the processes that mpirun started.</summary>
    /// <exception cref="SegMLException">There is none, or not Open MPI's.</exception>
    public static Mpi Start()
    {
        foreach (string name in _names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new Mpi(library);
            }
        }
        throw new SegMLException("Open MPI", $"({_names[0]}) is not on this machine, and mpirun started {Environment.GetEnvironmentVariable(MpiProcesses.SizeVariable)} processes",
            "install it on each machine: apt-get install openmpi-bin libopenmpi-dev");
    }

    public void Sum(Span<float> values)
    {
        fixed (float* at = values)
        {
            Check(_allReduce(InPlace, at, values.Length, _float, _sum, _world), "MPI_Allreduce");
        }
    }

    public void Sum(Span<double> values)
    {
        fixed (double* at = values)
        {
            Check(_allReduce(InPlace, at, values.Length, _double, _sum, _world), "MPI_Allreduce");
        }
    }

    public void Finish() => _finalize();

    public void Abort(int code) => _abort(_world, code);

    // MPI_IN_PLACE of Open MPI's mpi.h.
    private static void* InPlace => (void*)1;

    private static void Check(int code, string function)
    {
        if (code != 0)
        {
            throw new SegMLException("Open MPI", $"failed in {function} (code {code})", "see what mpirun says, and go on with --resume");
        }
    }
}
