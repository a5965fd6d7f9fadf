type Rule = Deno.lint.Rule;

/** The project is about itself, not about a machine or a meeting where a line of it was written. */
const placesAndPeople: readonly RegExp[] = [
  /(?:^|[\s"'`(=])\/(?:work|farm|root|home\/[a-z]+)\//,
  /\.\.\/shared\//,
  /\b(?:sub)-?agents?\b/i,
  /\b(?:this|our|the|my|last|next) (?:chat|prompt|conversation)\b/i,
  /\b(?:TO[D]O|FIX[M]E|X[X]X)\b/,
  /\bregistry\.npmjs\.org\b/,
];

/** Comments and texts say nothing about where and by whom the project is made; loose ends belong in an issue. */
export const ownWords: Rule = {
  create(context) {
    return {
      Program(node) {
        context.sourceCode.text.split("\n").forEach((line, index) => {
          const found = placesAndPeople.find((pattern) => pattern.test(line));
          if (found === undefined) return;
          context.report({ node, message: `Line ${index + 1} matches ${found}: the project speaks of itself alone` });
        });
      },
    };
  },
};
