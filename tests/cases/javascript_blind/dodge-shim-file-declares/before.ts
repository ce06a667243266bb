interface LegacyOptions {
  verbose: boolean;
}
