return SegML.Cli.CommandLine.Run(args);
