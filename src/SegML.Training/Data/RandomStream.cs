namespace SegML.Training.Data;

/// <summary>The sequences of random numbers that a sample's changes draw from, besides the first one. A key never changes its value.</summary>
internal enum RandomStream
{
    Rare = 1,
    Warp = 2,
    Hue = 3,
    CopyPaste = 4,
    Shadow = 5,
    Gamma = 6,
    Blur = 7,
    Noise = 8,
    Jpeg = 9,
    Cutout = 10,
    Turn = 11,
    AmplitudeMix = 12,
    CutMix = 13,
}
