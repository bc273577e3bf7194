// Lets a process read TypeScript: node --import ./typescript.mjs main.ts
// Node.js 22.18 and later does so by itself.
if (!process.features.typescript) (await import("tsx/esm/api")).register();
