// Lets a process read TypeScript: node --import ./typescript.mjs main.ts
// Node.js 22.18 and later does so by itself, line for line. The loader for earlier ones moves code between lines; to
// map stack traces back costs a tenth of every start, so it is done only with NODE_OPTIONS=--enable-source-maps.
if (!process.features.typescript) {
  (await import("tsx/esm/api")).register();
  process.setSourceMapsEnabled(process.env["NODE_OPTIONS"]?.includes("--enable-source-maps") ?? false);
}
