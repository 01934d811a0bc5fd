namespace SegML.Tests.Build;

/// <summary>What is read out of the system loader's words when a native library cannot be loaded.</summary>
[TestClass]
public sealed class NativeLibraryTests
{
    private const string Searched = """
        Unable to load shared library 'x' or one of its dependencies. In order to help diagnose loading problems, consider using a tool like strace.
        /app/runtimes/linux-x64/native/x.so: cannot open shared object file: No such file or directory
        /usr/share/dotnet/shared/Microsoft.NETCore.App/10.0.12/libx.so: cannot open shared object file: No such file or directory
        """;

    [TestMethod]
    [DataRow("libcublasLt.so.13: cannot open shared object file: No such file or directory", "libcublasLt.so.13")]
    [DataRow("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)", "GLIBCXX_3.4.32")]
    [DataRow("", null)]
    public void WhatTheLibraryNeedsAndTheSystemLacksIsNamed(string line, string? missing) =>
        Assert.AreEqual(missing, NativeLibraryException.Missing(new TypeInitializationException("X", new DllNotFoundException($"{Searched}\n{line}"))));

    [TestMethod]
    public void TheErrorIsOneLineWithPackageAndVersion()
    {
        NativeLibraryException e = Assert.ThrowsExactly<NativeLibraryException>(() => NativeLibraryException.Guard<int>(
            () => throw new TypeInitializationException("X", new DllNotFoundException(Searched)), "X", "X.Native", "1.2.3"));
        Assert.StartsWith("X's native library cannot be loaded on ", e.Message);
        Assert.EndsWith("; add it to the app: dotnet add package X.Native --version 1.2.3", e.Message);
        Assert.DoesNotContain("/app", e.Message);
        Assert.AreEqual(("X.Native", "1.2.3"), (e.Package, e.Version));
    }
}
