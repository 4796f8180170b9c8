import { inspect } from 'node:util'

import { defineError } from '../lokstra-error.js'

export const E_INPUT_NOT_CLASS = defineError<{ type: string; where: string }>({
  code: 'E_INPUT_NOT_CLASS',
  when: 'The input of an operation, or a nested field, is not a class of its own.',
  message: ({ type, where }) => `${where} has the type ${type}, which is not a class with fields`,
  fix: () =>
    'Declare a class, and import it with a plain import: interfaces, type aliases and `import type` leave nothing at run time. A field of a type that JSON does not have, such as URL, is filled by a @Transform.',
  example: { type: 'Object', where: 'The input of POST /todos' },
})

export const E_INPUT_EMPTY = defineError<{ type: string; where: string }>({
  code: 'E_INPUT_EMPTY',
  when: 'A class is used as input and none of its properties is decorated.',
  message: ({ type, where }) => `${where} is of the class ${type}, which declares no field`,
  fix: ({ type }) =>
    `Decorate the properties of ${type} with @Path, @Query, @Header, @Cookie or @Body, with rules of class-validator, or with @Field() where there is nothing to check.`,
  example: { type: 'CreateTodo', where: 'The input of POST /todos' },
})

export const E_INPUT_CONSTRUCTOR = defineError<{ type: string; reason: string }>({
  code: 'E_INPUT_CONSTRUCTOR',
  when: 'An input class cannot be constructed without arguments.',
  message: ({ type, reason }) => `new ${type}() does not work: ${reason}`,
  fix: () =>
    'An input class is constructed for every request: give it no constructor, or one that needs no arguments and cannot fail.',
  example: { type: 'CreateTodo', reason: 'its constructor takes 2 parameters' },
})

export const E_FIELD_ELEMENT_TYPE = defineError<{ field: string }>({
  code: 'E_FIELD_ELEMENT_TYPE',
  when: 'An array, set or map of a body, of a configuration or of an output says nothing of the type of its elements, so that anything would pass.',
  message: ({ field }) => `${field} is a list or map, and the type of its elements is not known`,
  fix: () =>
    'The compiler emits only "Array": name the type with @Type(() => Item) or @Field({ type: () => Item }), or give a rule with { each: true }. With () => Object the elements may be anything.',
  example: { field: 'CreateOrder.items' },
})

export const E_FIELD_NESTED_TYPE = defineError<{ field: string; type: string }>({
  code: 'E_FIELD_NESTED_TYPE',
  when: 'A field is validated as nested and its class is not known.',
  message: ({ field, type }) => `${field} has @ValidateNested, and its type is ${type}, which names no class`,
  fix: () =>
    'Name the class with @Type(() => Address) or @Body({ type: () => Address }). For one of several classes add a discriminator: @Type(() => Base, { discriminator: { property, subTypes } }).',
  example: { field: 'CreateOrder.address', type: 'Object' },
})

export const E_FIELD_UNION = defineError<{ field: string; reason: string }>({
  code: 'E_FIELD_UNION',
  when: 'A field may hold one of several classes and nothing says which.',
  message: ({ field, reason }) => `${field} may be one of several classes, and ${reason}`,
  fix: () =>
    "Use @Type(() => Base, { discriminator: { property: 'kind', subTypes: [{ name: 'card', value: Card }, …] } }): the text under that key chooses the class.",
  example: { field: 'Payment.method', reason: 'the function of @Type chooses by the value' },
})

export const E_FIELD_TYPE_FUNCTION = defineError<{ field: string; given: string }>({
  code: 'E_FIELD_TYPE_FUNCTION',
  when: 'The type of a field is given as it is, and not by a function that returns it.',
  message: ({ field, given }) =>
    `The type of ${field} is given as ${given}, and a function that returns it is asked for`,
  fix: ({ given }) =>
    `Write () => ${/^[A-Z]\w*$/.test(given) ? given : 'Item'}: the function is called when all files have been read, so that classes may name each other.`,
  example: { field: 'ListTodos.page', given: 'Number' },
})

export const E_FIELD_TYPE_CONTRADICTION = defineError<{ field: string; named: string; declared: string }>({
  code: 'E_FIELD_TYPE_CONTRADICTION',
  when: 'A decorator names another type for a field of a request than the property is declared with.',
  message: ({ field, named, declared }) => `${field} is declared as ${declared}, and @Type or { type } names ${named}`,
  fix: () => 'Name the declared type, a subclass of it, or nothing: the compiler records it by itself.',
  example: { field: 'CreateTodo.priority', named: 'String', declared: 'Number' },
})

export const E_FIELD_SOURCE_NESTED = defineError<{ field: string; source: string }>({
  code: 'E_FIELD_SOURCE_NESTED',
  when: 'A field of a nested class has a source of its own, which only the fields of the request itself can have.',
  message: ({ field, source }) => `${field} comes from the ${source}, and its class is nested in another field`,
  fix: ({ source }) =>
    `Move the field to the DTO of the request, or remove @${source.charAt(0).toUpperCase()}${source.slice(1)} to fill it from the object that it is in.`,
  example: { field: 'Address.tenant', source: 'header' },
})

export const E_BIND_SOURCE = defineError<{ field: string; source: string }>({
  code: 'E_BIND_SOURCE',
  when: 'A class is bound to plain data, and a field of it comes from a part of a request that plain data does not have.',
  message: ({ field, source }) => `${field} comes from the ${source}, and plain data has none`,
  fix: () =>
    'Bind a class of its own, whose fields have rules, @Field() or @Body(); a DTO of requests can extend it and add the rest.',
  example: { field: 'PlaceOrder.shop', source: 'path' },
})

export const E_FIELD_NOT_TEXT = defineError<{ field: string; source: string; type: string }>({
  code: 'E_FIELD_NOT_TEXT',
  when: 'A field that holds an object is filled from a place that holds one text.',
  message: ({ field, source, type }) =>
    `${field} comes from the ${source} and is ${type}, which cannot be written there`,
  fix: () =>
    'Declare a string, number, boolean, bigint, Date, enum, or an array of them. Where the declared type is a union, a rule such as @IsString() or { type: () => String } says which it is.',
  example: { field: 'ShowTodo.filter', source: 'path', type: 'an object' },
})

export const E_PATH_PARAMETER_UNKNOWN = defineError<{ field: string; name: string; parameters: string; hint: string }>({
  code: 'E_PATH_PARAMETER_UNKNOWN',
  when: '@Path names a parameter that the path of the operation does not have.',
  message: ({ field, name, parameters }) =>
    `${field} takes the path parameter "${name}", and the path has ${parameters === '' ? 'none' : `only ${parameters}`}`,
  fix: ({ name, hint }) => `Write :${name} in the path, or name a parameter that is there: @Path('name').${hint}`,
  example: { field: 'TodoId.id', name: 'id', parameters: 'todoId', hint: ' Did you mean "todoId"?' },
})

export const E_BODY_ON_VERB = defineError<{ field: string; verb: string }>({
  code: 'E_BODY_ON_VERB',
  when: 'A field of a GET or HEAD operation is bound to the body.',
  message: ({ field, verb }) => `${field} comes from the body, and ${verb} requests have none`,
  fix: () => 'Take it from the query with @Query(), or serve the operation with POST.',
  example: { field: 'ListTodos.page', verb: 'GET' },
})

export const E_FIELD_EXCLUDED = defineError<{ field: string; source: string }>({
  code: 'E_FIELD_EXCLUDED',
  when: 'A field has a source, and class-transformer leaves it out of input.',
  message: ({ field, source }) => `${field} comes from the ${source}, and @Exclude leaves it out of input`,
  fix: () =>
    'Keep one of the two. @Exclude({ toPlainOnly: true }) leaves a property out of responses alone; in a class with @Exclude() a field needs @Expose().',
  example: { field: 'CreateUser.role', source: 'body' },
})

export const E_RULE_UNREGISTERED = defineError<{ field: string; rule: string }>({
  code: 'E_RULE_UNREGISTERED',
  when: 'A validator class is used that class-validator does not know and would silently skip.',
  message: ({ field, rule }) =>
    `${field} is validated by ${rule}, which carries no @ValidatorConstraint and would never run`,
  fix: ({ rule }) => `Put @ValidatorConstraint() on ${rule}.`,
  example: { field: 'CreateUser.name', rule: 'IsFree' },
})

export const E_RULE_CONSTRAINT = defineError<{ field: string; rule: string; problem: string }>({
  code: 'E_RULE_CONSTRAINT',
  when: 'A rule is given an argument with which no value can pass.',
  message: ({ field, rule, problem }) => `The rule ${rule} of ${field} ${problem}`,
  fix: () => 'Correct the argument. Undefined often comes from files that import each other in a circle.',
  example: { field: 'CreateTodo.priority', rule: 'isIn', problem: 'needs a list of values, and was given undefined' },
})

export const E_RULE_TYPE = defineError<{ field: string; rule: string; type: string }>({
  code: 'E_RULE_TYPE',
  when: 'A rule asks for another type than the field has, so that no value can pass.',
  message: ({ field, rule, type }) => `${field} is bound as ${type}, which never passes its rule ${rule}`,
  fix: () => 'Declare the property with the type that the rule asks for, or use the rule of the declared type.',
  example: { field: 'ListTodos.since', rule: 'isDateString', type: 'an ISO 8601 date' },
})

export const E_RULE_DEFAULT = defineError<{ field: string; rule: string; value: unknown }>({
  code: 'E_RULE_DEFAULT',
  when: 'The default of a field does not pass a rule of the field, so that leaving the field out is a mistake of the client.',
  message: ({ field, rule, value }) =>
    `The default of ${field} is ${inspect(value, { depth: 1, breakLength: Infinity })}, which does not pass its rule ${rule}`,
  fix: () => 'Give a default that passes, or none: a property declared with ! is required.',
  example: { field: 'ListTodos.page', rule: 'min', value: 0 },
})

export const E_RULE_ASYNC = defineError<{ type: string }>({
  code: 'E_RULE_ASYNC',
  when: 'A class is bound where nothing can be awaited, and one of its rules is asynchronous.',
  message: ({ type }) => `A rule of ${type} returned a promise, and its values are read synchronously`,
  fix: () =>
    'Bind with `bindAsync`. Of a configuration make the validator synchronous, and check what needs I/O when the service starts.',
  example: { type: 'MailerConfig' },
})

export const E_BODY_CONSUMED = defineError<{ route: string }>({
  code: 'E_BODY_CONSUMED',
  when: 'The body of a request is to be bound, and something else has read from the request already.',
  message: ({ route }) => `The body of ${route} cannot be read: something else has read from ctx.req`,
  fix: () => 'In middleware and handlers read it with `await ctx.body()`, which keeps the bytes for the DTO.',
  example: { route: 'POST /hooks' },
})
