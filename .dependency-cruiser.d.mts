/** The places of the project, and the places that each may import. */
export declare const mayImport: Readonly<Record<string, readonly string[]>>;
