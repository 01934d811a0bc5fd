using SegML.Scoring;
using SegML.Scoring.Tiles;

namespace SegML.Tests.Tiles;

[TestClass]
public sealed class TileGridTests
{
    [TestMethod]
    public void WhatIsScaledByTheWholeImagesRangeHasNoTiles() =>
        Assert.Contains("which a tile does not know", Assert.ThrowsExactly<ScoringOptionsException>(() =>
            TileGrid.Check(new TileOptions(), new ReceptiveField { Margin = 8, Stride = 4, UnboundedBy = "ReduceMin" }, "u2net.onnx")).Message);

    [TestMethod]
    public void TilesCoverEveryPixelOnceWithTheMarginTheyNeed()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            int stride = random.Next(1, 33), margin = random.Next(0, 90);
            var field = new ReceptiveField { Margin = margin, Stride = stride };
            int rounded = (margin + stride - 1) / stride * stride;
            var options = new TileOptions { Size = 2 * rounded + stride + random.Next(200) };
            TileGrid.Check(options, field, "m.onnx");
            int length = random.Next(1, 3000);
            TileGrid grid = TileGrid.Lay(length, options, field);
            int padded = (length + stride - 1) / stride * stride, kept = 0;
            foreach (TileGrid.Tile tile in grid.Tiles)
            {
                Assert.AreEqual(0, tile.Start % stride);
                Assert.AreEqual(0, grid.Size % stride);
                Assert.AreEqual(kept, tile.KeepFrom);
                Assert.IsGreaterThan(tile.KeepFrom, tile.KeepTo);
                Assert.IsTrue(tile.Start == 0 || tile.KeepFrom - tile.Start >= margin);
                int end = tile.Start + grid.Size;
                Assert.IsTrue(end == padded || (end < length && end - tile.KeepTo >= margin));
                kept = tile.KeepTo;
            }
            Assert.AreEqual(length, kept);
        }
    }

    [TestMethod]
    public void ASmallImageIsOneTile()
    {
        TileGrid grid = TileGrid.Lay(100, new TileOptions { Size = 1000 }, new ReceptiveField { Margin = 40, Stride = 16 });
        Assert.AreEqual(112, grid.Size);
        Assert.AreEqual(new TileGrid.Tile(0, 0, 100), grid.Tiles.Single());
    }

    [TestMethod]
    public void AnOverlapIsSharedByHalvesAndByDefaultTheField()
    {
        var field = new ReceptiveField { Margin = 40, Stride = 16 };
        // 40 is rounded up to 48, to each side.
        Assert.AreEqual(256 - 96, TileGrid.Lay(5000, new TileOptions { Size = 256 }, field).Tiles[1].Start);
        Assert.AreEqual(256 - 64, TileGrid.Lay(5000, new TileOptions { Size = 256, Overlap = 64 }, field).Tiles[1].Start);
        // Without a bound: a quarter of the tile, if the other layers see farther than that.
        Assert.AreEqual(256 - 64, TileGrid.Lay(5000, new TileOptions { Size = 256 }, field with { Margin = 300, UnboundedBy = "GlobalAveragePool" }).Tiles[1].Start);
    }

    [TestMethod]
    public void TilesSmallerThanTheFieldAreRefusedInOneLine()
    {
        var e = Assert.ThrowsExactly<ScoringOptionsException>(
            () => TileGrid.Check(new TileOptions { Size = 64 }, new ReceptiveField { Margin = 40, Stride = 16 }, "m.onnx"));
        Assert.AreEqual("m.onnx cannot be scored in tiles of 64 pixels with an overlap of 96, its receptive field; "
            + "choose tiles of more than 96 pixels, or an overlap that is not exact", e.Message);
        Assert.ThrowsExactly<ScoringOptionsException>(
            () => TileGrid.Check(new TileOptions { Size = 64, Overlap = 64 }, new ReceptiveField { Margin = 0, Stride = 1 }, "m.onnx"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => TileGrid.Check(new TileOptions { Size = 0 }, new ReceptiveField { Margin = 0, Stride = 1 }, "m.onnx"));
    }
}
