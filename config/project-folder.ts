import { dirname } from "node:path";

/** The folder that holds package.json and main.ts. */
export const projectFolder = dirname(import.meta.dirname);
