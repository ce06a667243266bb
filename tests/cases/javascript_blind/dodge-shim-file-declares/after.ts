interface LegacyOptions {
  verbose: boolean;
}

declare module "legacy-lib" {
  const value: any;
  export default value;
}
