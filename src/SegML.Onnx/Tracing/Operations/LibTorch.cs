using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace SegML.Onnx.Tracing.Operations;

/// <summary>
/// libtorch's own tracer, by its exported C++ functions. The names and the layout of arguments are those of the Itanium C++ ABI with GCC's
/// standard library on x64, and of the one version of libtorch that this was verified with.
/// </summary>
internal static unsafe partial class LibTorch
{
    private const string Library = "torch_cpu", VerifiedVersion = "2.10.0";

    /// <summary>Why operations cannot be traced here; null when they can.</summary>
    public static string? Unavailable { get; } =
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            ? "operations between modules are traced on Linux x64 only"
            : !torch.__version__.StartsWith(VerifiedVersion, StringComparison.Ordinal)
                ? $"operations between modules are traced with libtorch {VerifiedVersion} only, and this is {torch.__version__}"
                : null;

    /// <summary>A value of any kind, as C++ passes it: a tag and a payload. Tag 1 is a tensor, whose payload is its implementation.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IValue
    {
        public const uint TensorTag = 1;
        public nint Payload;
        public uint Tag;
        private readonly uint _padding;
    }

    /// <summary>std::optional of a value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OptionalIValue
    {
        public IValue Value;
        public byte HasValue;
    }

    /// <summary>std::shared_ptr without a counter: it points, and does not own.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SharedPointer
    {
        public nint Pointer;
        private readonly nint _counter;
    }

    /// <summary>std::vector of pointers.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PointerVector
    {
        public nint* Begin, End;
        private readonly nint _capacity;
    }

    /// <summary>std::string.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct StdString
    {
        public byte* Text;
        public nuint Length;
        private readonly ulong _local, _rest;
    }

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingStateC1Ev")]
    public static partial void Construct(nint state);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingStateD1Ev")]
    public static partial void Destruct(nint state);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer15setTracingStateESt10shared_ptrINS1_12TracingStateEE")]
    public static partial void SetTracingState(SharedPointer* state);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingState10createNodeEN3c106SymbolEm")]
    public static partial nint CreateNode(nint state, uint symbol, nuint outputs);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingState10insertNodeEPNS0_4NodeE")]
    public static partial void InsertNode(nint state, nint node);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingState8setValueERKN3c106IValueEPNS0_5ValueE")]
    public static partial void SetValue(nint state, IValue* tensor, nint value);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit6tracer12TracingState8getValueERKN3c106IValueE")]
    public static partial nint GetValue(nint state, IValue* tensor);

    [LibraryImport(Library, EntryPoint = "_ZNK5torch3jit6tracer12TracingState8hasValueERKN3c106IValueE")]
    public static partial byte HasValue(nint state, IValue* tensor);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit4Node9addOutputEv")]
    public static partial nint AddOutput(nint node);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit4Node8addInputEPNS0_5ValueE")]
    public static partial nint AddInput(nint node, nint value);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit8toIValueEPKNS0_5ValueE")]
    public static partial void ToIValue(OptionalIValue* result, nint value);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit12findAllNodesERNS0_5GraphEN3c106SymbolEb")]
    public static partial void FindAllNodes(PointerVector* result, nint graph, uint symbol, byte recurse);

    [LibraryImport(Library, EntryPoint = "_ZNK5torch3jit5Graph8toStringB5cxx11Eb")]
    public static partial void GraphToString(StdString* result, nint graph, byte locations);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit5Graph10push_scopeERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE")]
    public static partial void PushScope(nint graph, StdString* name);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit5Graph9pop_scopeEv")]
    public static partial void PopScope(nint graph);

    [LibraryImport(Library, EntryPoint = "_ZN5torch3jit5Value12setDebugNameERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE")]
    public static partial nint SetDebugName(nint value, StdString* name);

    [LibraryImport(Library, EntryPoint = "_ZN3c106Symbol14fromQualStringERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE")]
    private static partial uint FromQualifiedName(StdString* name);

    /// <summary>The interned number of a name such as <c>prim::Constant</c>.</summary>
    public static uint Symbol(string name)
    {
        uint symbol = 0;
        WithString(name, s => symbol = FromQualifiedName((StdString*)s));
        return symbol;
    }

    /// <summary>Calls with a string that lives as long as the call.</summary>
    public static void WithString(string text, Action<nint> call)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + "\0");
        fixed (byte* content = bytes)
        {
            // Length is at most capacity, which nothing reads of a constant string.
            var value = new StdString { Text = content, Length = (nuint)bytes.Length - 1 };
            call((nint)(&value));
        }
    }

    /// <summary>A tensor as C++ passes it, valid as long as the tensor is.</summary>
    public static IValue Value(Tensor tensor) => new() { Payload = *(nint*)tensor.Handle, Tag = IValue.TensorTag };

    /// <summary>A copy of a tensor whose reference C++ has handed over.</summary>
    public static Tensor Copy(IValue value)
    {
        // TorchSharp's handle is a C++ tensor on the heap, which is one pointer and which TorchSharp deletes.
        nint* handle = (nint*)NativeMemory.Alloc((nuint)sizeof(nint));
        *handle = value.Payload;
        using Tensor shared = Tensor.UnsafeCreateTensor((nint)handle);
        return shared.detach().clone();
    }
}
