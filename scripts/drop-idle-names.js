// esbuild gives every function and class its name by a call, `__name(value, "name")`, since it may have renamed what it stands in. Where
// that has kept its name the language gives the value the same, and the call is idle: 240 ns for each function that a request makes.
import ts from 'typescript'

const pureComment = '/* @__PURE__ */ '

/** Overwrites idle calls with spaces: what is left keeps its line and column, so that the source map holds. */
export function dropIdleNames(code) {
  const file = ts.createSourceFile('chunk.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS)
  const idle = []
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === '__name') idle.push(...idleParts(node, file))
    ts.forEachChild(node, visit)
  }
  visit(file)
  let text = ''
  let end = 0
  for (const [from, to] of idle.sort(([a], [b]) => a - b)) {
    text += code.slice(end, from) + code.slice(from, to).replace(/[^\n]/g, ' ')
    end = to
  }
  return text + code.slice(end)
}

/** Ranges of the text that can be left out. */
function idleParts(call, file) {
  const [value, { text: name }] = call.arguments
  const holder = call.parent
  if (ts.isExpressionStatement(holder)) {
    const block = holder.parent.parent
    const isOfClass = value.kind === ts.SyntaxKind.ThisKeyword
    const isIdle = isOfClass
      ? namedByPlace(block.parent, file) === name
      : value.getText(file) === name && isDeclaredIn(holder.parent, name)
    const left = isOfClass ? block : holder
    return isIdle ? [[left.getStart(file), left.getEnd()]] : []
  }
  if (namedByPlace(value, file, call) !== name) return []
  const start = call.getStart(file)
  const isMarked = file.text.startsWith(pureComment, start - pureComment.length)
  return [
    [isMarked ? start - pureComment.length : start, value.getStart(file)],
    [value.getEnd(), call.getEnd()],
  ]
}

/** The name that the language gives a function or class by itself, or by what it is assigned to; `wrapped` stands in its place. */
function namedByPlace(value, file, wrapped = value) {
  if (value.name !== undefined) return value.name.text
  const { parent } = wrapped
  const isNamed =
    ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent)
  if (!isNamed || parent.initializer !== wrapped) return undefined
  return ts.isComputedPropertyName(parent.name) ? undefined : parent.name.text
}

/** Whether a function declaration of the block, or of the file, has this name. */
function isDeclaredIn({ statements }, name) {
  return statements.some((statement) => ts.isFunctionDeclaration(statement) && statement.name?.text === name)
}
