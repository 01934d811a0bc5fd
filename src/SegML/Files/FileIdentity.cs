using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SegML.Files;

/// <summary>Which file a path leads to, whatever it is called there: symbolic links and hard links have their file's identity.</summary>
/// <param name="Volume">The file system.</param>
/// <param name="Number">The file's number in it.</param>
internal readonly partial record struct FileIdentity(ulong Volume, ulong Number)
{
    /// <summary>The identity of a file or folder; null where there is none, or none that may be looked at.</summary>
    public static FileIdentity? Of(string path) => OperatingSystem.IsWindows() ? OfWindows(path) : Status(path)?.Identity;

    /// <summary>Whether a path leads to a pipe, a socket or a device, which may block a reader for ever or never end.</summary>
    public static bool IsStreamOrDevice(string path) => !OperatingSystem.IsWindows() && Status(path) is { IsFileOrFolder: false };

    // The runtime's own view of stat, which is the same on every Unix; the C library's differs from system to system.
    private static FileStatus? Status(string path)
    {
        try
        {
            return Stat(path, out FileStatus status) == 0 ? status : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null; // A runtime that links it in otherwise: paths are compared all the same.
        }
    }

    private static FileIdentity? OfWindows(string path)
    {
        try
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return GetFileInformationByHandle(handle, out WindowsInformation information) ? information.Identity : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out FileStatus status);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(SafeFileHandle file, out WindowsInformation information);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct FileStatus
    {
        private const int KindMask = 0xF000, Folder = 0x4000, RegularFile = 0x8000;

#pragma warning disable CS0169, IDE0051, CS0649 // The system fills them all.
        private readonly int _flags, _mode;
        private readonly uint _user, _group;
        private readonly long _size, _access, _accessFraction, _modified, _modifiedFraction, _changed, _changedFraction, _born, _bornFraction;
        private readonly long _device, _represented, _number;
        private readonly uint _userFlags;
#pragma warning restore CS0169, IDE0051, CS0649

        public FileIdentity Identity => new((ulong)_device, (ulong)_number);

        public bool IsFileOrFolder => (_mode & KindMask) is Folder or RegularFile;
    }

    // Times are pairs of 32 bits there.
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct WindowsInformation
    {
#pragma warning disable CS0169, IDE0051, CS0649 // The system fills them all.
        private readonly uint _attributes;
        private readonly ulong _created, _accessed, _written;
        private readonly uint _volume, _sizeHigh, _sizeLow, _links, _numberHigh, _numberLow;
#pragma warning restore CS0169, IDE0051, CS0649

        public FileIdentity Identity => new(_volume, ((ulong)_numberHigh << 32) | _numberLow);
    }
}
