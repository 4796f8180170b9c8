import ts from 'typescript'

/** A type that exists for the compiler only; a class is a value as well and is not among them. */
export interface ExportedType {
  readonly name: string
  /** A comment says what it is. */
  readonly isDocumented: boolean
  /** Something that exists at run time leads to it: as a parameter, a result, a property, a part of one. */
  readonly isReachable: boolean
}

/**
 * The exported types of files of declarations.
 * @param files  import path → file
 * @returns  import path → types, by name
 */
export function readTypes(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly ExportedType[]> {
  const program = ts.createProgram([...files.values()], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
    noLib: true,
    skipLibCheck: true,
  })
  const checker = program.getTypeChecker()
  const exported = new Map(
    [...files].map(([path, file]) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!
      return [path, checker.getExportsOfModule(module).map((symbol) => resolve(symbol, checker))]
    }),
  )
  const reachable = reach([...exported.values()].flat().filter(isValue), checker)
  const describe = (type: ts.Symbol): ExportedType => ({
    name: type.name,
    isDocumented: type.getDocumentationComment(checker).length > 0,
    isReachable: reachable.has(type),
  })
  return new Map(
    [...exported].map(([path, symbols]) => [
      path,
      symbols
        .filter((symbol) => !isValue(symbol))
        .map(describe)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    ]),
  )
}

function isValue({ flags }: ts.Symbol): boolean {
  return (flags & ts.SymbolFlags.Value) !== 0
}

function resolve(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

/** All that declarations name, and the declarations of these name, within the packages. */
function reach(start: readonly ts.Symbol[], checker: ts.TypeChecker): ReadonlySet<ts.Symbol> {
  const found = new Set(start)
  const visit = (node: ts.Node): void => {
    const symbol = ts.isIdentifier(node) && checker.getSymbolAtLocation(node)
    if (symbol) found.add(resolve(symbol, checker))
    node.forEachChild(visit)
  }
  // A set's iterator also visits what is added while it runs.
  for (const { declarations = [] } of found) {
    for (const declaration of declarations) {
      if (!declaration.getSourceFile().fileName.includes('/node_modules/')) visit(declaration)
    }
  }
  return found
}
