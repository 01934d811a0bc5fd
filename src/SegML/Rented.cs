using System.Buffers;

namespace SegML;

/// <summary>
/// Memory of an image's size, rented from the shared pool. Very large arrays are none of the pool's: one image of an unusual size must not
/// hold gigabytes for the rest of the process.
/// </summary>
internal static class Rented
{
    // 32 megapixels of RGBA, above what cameras give every day.
    private const long MostPooled = 128L << 20;

    // What is let go is collected in time: the runtime alone may wait for long, because nothing else is allocated meanwhile.
    private const long MostDropped = 512L << 20;

    private static long _dropped;

    /// <summary>An array of at least a length, not cleared.</summary>
    public static T[] Rent<T>(int length)
        where T : unmanaged => IsPooled<T>(length) ? ArrayPool<T>.Shared.Rent(length) : GC.AllocateUninitializedArray<T>(length);

    /// <summary>Gives it back, once.</summary>
    public static void Return<T>(T[] array)
        where T : unmanaged
    {
        if (IsPooled<T>(array.Length))
        {
            ArrayPool<T>.Shared.Return(array);
            return;
        }
        long dropped = Interlocked.Add(ref _dropped, array.Length * (long)System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
        if (dropped >= MostDropped && Interlocked.CompareExchange(ref _dropped, 0, dropped) == dropped)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }

    // The pool's arrays are of powers of two: one of just below the limit comes back as the limit itself.
    private static bool IsPooled<T>(int length)
        where T : unmanaged => (long)length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>() <= MostPooled;
}
