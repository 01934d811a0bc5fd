using SegML.Masks;

namespace SegML.Tests.Masks;

/// <summary>Expected values from Unicode's NormalizationTest.txt and charts; the tests run without ICU, as segml does.</summary>
[TestClass]
public sealed class UnicodeNameTests
{
    [TestMethod]
    [DataRow("cafe\u0301", "caf\u00E9")]
    [DataRow("e\u0302\u0301", "\u1EBF")]
    [DataRow("e\u0323\u0302", "\u1EC7")]
    [DataRow("\u304B\u3099\u30CF\u309A", "\u304C\u30D1")]
    [DataRow("\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00")]
    [DataRow("\u0438\u0306", "\u0439")]
    [DataRow("\u0627\u0653", "\u0622")]
    [DataRow("\u03B1\u0313\u0345", "\u1F80")]
    [DataRow("x\u0301\uD800", "x\u0301\uD800")]
    [DataRow("\u00E9", "\u00E9")]
    public void NamesThatLookAlikeAreOne(string spelled, string composed) => Assert.AreEqual(composed, UnicodeName.Of(spelled));
}
