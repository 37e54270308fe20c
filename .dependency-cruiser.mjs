/** Who may import whom: no circles, types included, and arrows that point down only (CONTRIBUTING.md draws them). */

/** The components, in layers from below. Components of one layer do not know each other. */
const LAYERS = [["heap"], ["arc"], ["queue"], ["listener"], ["channel", "lock"], ["reaper"], ["check"], ["cli"]];

/** What a component must not import: all above it. The kernel's reaper is above the host's components as well. */
const upward = LAYERS.slice(0, -1).flatMap((components, layer) =>
  components.map((component) => ({
    name: `nothing above ${component}`,
    severity: "error",
    from: { path: `^src/${component}/` },
    to: {
      path: [
        ...LAYERS.slice(layer + 1)
          .flat()
          .map((above) => `^src/${above}/`),
        // The entries stand on all components of the library, and the command line and the checker on the entries.
        "^src/(index|internals|checked|kernel)[.]ts$",
      ],
    },
  })),
);

export default {
  forbidden: [
    { name: "no circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "nothing unresolved",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true, path: "^[.]" },
    },
    // What users load has no dependencies; the command line is bundled with its own.
    {
      name: "no packages in the library",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(cli|check)/" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    ...upward,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
