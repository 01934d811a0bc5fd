using SegML.Onnx.Tracing;

namespace SegML.Onnx.Emission;

/// <summary>
/// Writing in place, in a graph whose values never change: who writes into a tensor gives it a new value, and with it all tensors of the same memory. What a
/// view shows of its base, and which places of the base a view writes to, are computed by the view's own nodes.
/// </summary>
internal sealed class Aliases
{
    private readonly Dictionary<TracedTensor, Func<EmitContext, string>> _views = [];
    private readonly HashSet<TracedTensor> _stale = [];

    /// <summary>Adds a view.</summary>
    /// <param name="view">The view, whose base is known.</param>
    /// <param name="recompute">Writes the view's nodes again, for the value that its base has then.</param>
    public void Add(TracedTensor view, Func<EmitContext, string> recompute) => _views[view] = recompute;

    /// <summary>Sees to it that a tensor's name is that of its present value.</summary>
    public void Refresh(TracedTensor tensor, EmitContext e)
    {
        if (_stale.Remove(tensor))
        {
            Refresh(tensor.ViewOf!, e);
            tensor.Name = _views[tensor](e);
        }
    }

    /// <summary>A tensor has got a new value, so all of its memory has.</summary>
    /// <param name="tensor">The tensor that was written to; it was refreshed before.</param>
    /// <param name="value">Its new value.</param>
    /// <param name="e">Gets the nodes.</param>
    /// <exception cref="OnnxExportException">The memory is a parameter's, or that of a tensor that C# code made.</exception>
    public void Write(TracedTensor tensor, string value, EmitContext e)
    {
        if (tensor.Root is { Constant: not null, IsState: false })
        {
            throw new OnnxExportException(tensor.Root.Name, "is written to by the module's forward, which would change the next run", "work on a copy: clone()");
        }
        tensor.Root.Overwrite();
        tensor.Name = value;
        HashSet<TracedTensor> fresh = [tensor];
        for (TracedTensor view = tensor; view.ViewOf is { } parent; view = parent)
        {
            parent.Name = Scatter(parent, view, e);
            fresh.Add(parent);
        }
        _stale.ExceptWith(fresh);
        _stale.UnionWith(_views.Keys.Where(v => ReferenceEquals(v.Root, tensor.Root) && !fresh.Contains(v)));
    }

    // The places of the base that the view shows: the view of the base's positions.
    private string Scatter(TracedTensor parent, TracedTensor view, EmitContext e)
    {
        string content = parent.Name, shape = e.Node("Shape", [content]), whole = e.Integers(-1);
        string count = e.Node("ReduceProd", [shape], ("keepdims", 0));
        string positions = e.Node("Reshape", [e.Node("Range", [e.Integer(0), count, e.Integer(1)]), shape]);
        parent.Name = positions;
        string places = _views[view](e);
        parent.Name = content;
        string written = e.Node("ScatterElements", [e.Node("Reshape", [content, whole]), e.Node("Reshape", [places, whole]), e.Node("Reshape", [view.Name, whole])],
            ("axis", 0));
        return e.Node("Reshape", [written, shape]);
    }
}
