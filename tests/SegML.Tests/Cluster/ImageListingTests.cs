using SegML.Cluster.Listing;
using SegML.Cluster.Orders;

namespace SegML.Tests.Cluster;

[TestClass]
public sealed class ImageListingTests
{
    [TestMethod]
    public void FoldersGlobsListsAndFilesNameTheirImages()
    {
        using var photos = new Photos(4);
        Assert.AreEqual("more/photo-001 more/photo-003 photo-000 photo-002", Names(photos, photos.Input));
        Assert.AreEqual("more/photo-001 more/photo-003", Names(photos, photos.Input + "/more/*.png", photos.Input + "/none*.png"));
        Assert.AreEqual("more/photo-003", Names(photos, photos.Input + "/**/*3.png"));
        Assert.AreEqual("photo-000 photo-002", Names(photos, photos.Input + "/photo-?0?.png"));
        Assert.AreEqual("photo-000", Names(photos, photos.Input + "/photo-000.png"));
        File.WriteAllText(photos.File("list.txt"), "photos/photo-002.png\n\nphotos/more/photo-001.png\n");
        Assert.AreEqual("photos/more/photo-001 photos/photo-002", Names(photos, "@" + photos.File("list.txt")));
    }

    [TestMethod]
    public void WhatWouldBeWrittenOverIsRefused()
    {
        using var photos = new Photos(1);
        File.Copy(photos.File("photos/photo-000.png"), photos.File("photos/photo-000.jpg"));
        Assert.Contains("would be written over the results of", Assert.ThrowsExactly<ImageFormatException>(() => Names(photos, photos.Input)).Message);
        File.WriteAllText(photos.File("list.txt"), "photos/a/1.png\nphotos/b/1.png\nphotos/a/2.png\n");
        Assert.Contains("sort the list", Assert.ThrowsExactly<ImageFormatException>(() => Names(photos, "@" + photos.File("list.txt"))).Message);
        File.WriteAllText(photos.File("list.txt"), "results/1.png\n");
        Assert.Contains("lies in the folder of the results", Assert.ThrowsExactly<OutputException>(() => Names(photos, "@" + photos.File("list.txt"))).Message);
    }

    [TestMethod]
    public void ChunksOfATableBeginWhereTheOnesBeforeEnd()
    {
        using var photos = new Photos(7);
        string table = photos.File("images.jsonl");
        Assert.AreEqual(7, ImageTable.Write(table, ImageListing.Of([photos.Input], photos.Output), null, default));
        var chunks = ImageTable.Chunks(table, 0, 3).ToList();
        CollectionAssert.AreEqual(new[] { 3, 3, 1 }, chunks.Select(c => c.Count).ToArray());
        Assert.AreEqual(new FileInfo(table).Length, chunks[^1].End);
        CollectionAssert.AreEqual(chunks[1..], ImageTable.Chunks(table, chunks[0].End, 3).ToList());
        string[] names = [.. chunks.SelectMany(c => ImageTable.Read(table, c.Offset, c.Count)).Select(i => i.Name)];
        CollectionAssert.AreEquivalent(ImageListing.Of([photos.Input], photos.Output).Select(i => i.Name).ToArray(), names);
    }

    private static string Names(Photos photos, params string[] inputs) =>
        string.Join(' ', ImageListing.Of(inputs, photos.Output).Select(i => i.Name).Order(StringComparer.Ordinal));
}
