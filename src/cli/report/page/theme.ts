/** The page's colours, as its style has them for this reader. */
export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly card: string;
  readonly grid: string;
  readonly accent: string;
  readonly accentSoft: string;
  readonly slow: string;
  readonly bad: string;
  readonly series: readonly string[];
  readonly family: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ ink: colour("ink"), soft: colour("soft"), card: colour("card"), grid: colour("grid") },
    ...{ accent: colour("accent"), accentSoft: colour("accent-soft"), slow: colour("slow"), bad: colour("bad") },
    series: ["s1", "s2", "s3", "s4", "s5", "s6"].map(colour),
    family: getComputedStyle(document.body).fontFamily,
  };
}
