namespace SegML.Onnx.Quantization.Calibration;

/// <summary>A range of real numbers, both ends included.</summary>
internal readonly record struct ValueRange(double Min, double Max)
{
    public double Magnitude => Math.Max(Math.Abs(Min), Math.Abs(Max));
}
