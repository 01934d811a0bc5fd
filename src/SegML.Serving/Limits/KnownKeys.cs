using System.Security.Cryptography;
using System.Text;

namespace SegML.Serving.Limits;

/// <summary>The keys of a service. Comparing takes the same time however a key differs from them.</summary>
internal sealed class KnownKeys(IEnumerable<string> keys)
{
    // Hashes are of one length.
    private readonly byte[][] _keys = [.. keys.Select(Hash)];

    /// <summary>How many there are.</summary>
    public int Count => _keys.Length;

    /// <summary>Whether a key is one of them.</summary>
    public bool Hold(string key)
    {
        byte[] hash = Hash(key);
        bool holds = false;
        foreach (byte[] known in _keys)
        {
            holds |= CryptographicOperations.FixedTimeEquals(known, hash);
        }
        return holds;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
