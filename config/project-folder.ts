import { dirname } from "node:path";

/** The folder of package.json and main.ts. */
export const projectFolder = dirname(import.meta.dirname);
