namespace SegML.Cluster.Jobs;

/// <summary>A cluster's storage cannot be used, or holds no such job.</summary>
public sealed class ClusterException(string subject, string fault, string fix, Exception? inner = null) : SegMLException(subject, fault, fix, inner);
