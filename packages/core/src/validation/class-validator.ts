/**
 * What core takes of class-validator, module by module. Its index loads 321 modules, and with them validator.js and the phone numbers
 * of the world: 80 ms and 15 MB that an application pays when its own DTOs import the index, and a process without DTOs does not.
 * The storage of metadata is one for all copies and parts of the package in the process.
 */
import type * as whole from 'class-validator'
import { createRequire } from 'node:module'

/** Not `import`: before it runs a CommonJS module, Node parses it for the names that it exports, which takes as long as all else. */
const require = createRequire(import.meta.url)

/** One export, with the type that the index gives it: the package types nothing else. */
function part<Name extends keyof typeof whole>(name: Name, file: string): (typeof whole)[Name] {
  return (require(`class-validator/cjs/${file}.js`) as typeof whole)[name]
}

export const getFromContainer = part('getFromContainer', 'container')
export const Allow = part('Allow', 'decorator/common/Allow')
export const IsIn = part('IsIn', 'decorator/common/IsIn')
export const IsNotEmpty = part('IsNotEmpty', 'decorator/common/IsNotEmpty')
export const IsOptional = part('IsOptional', 'decorator/common/IsOptional')
export const ValidateBy = part('ValidateBy', 'decorator/common/ValidateBy')
export const ValidateIf = part('ValidateIf', 'decorator/common/ValidateIf')
export const ValidateNested = part('ValidateNested', 'decorator/common/ValidateNested')
export const Max = part('Max', 'decorator/number/Max')
export const Min = part('Min', 'decorator/number/Min')
export const MinLength = part('MinLength', 'decorator/string/MinLength')
export const Matches = part('Matches', 'decorator/string/Matches')
export const IsBoolean = part('IsBoolean', 'decorator/typechecker/IsBoolean')
export const IsInt = part('IsInt', 'decorator/typechecker/IsInt')
export const IsString = part('IsString', 'decorator/typechecker/IsString')
export const getMetadataStorage = part('getMetadataStorage', 'metadata/MetadataStorage')
export const registerDecorator = part('registerDecorator', 'register-decorator')
export type ValidationArguments = whole.ValidationArguments
export type ValidationOptions = whole.ValidationOptions
export type ValidationError = whole.ValidationError
export const ValidationError = part('ValidationError', 'validation/ValidationError')
export type Validator = whole.Validator

let validator: typeof whole.Validator | undefined

/** Loaded with the first call of a drop-in function: it brings class-validator's executor, which nothing else needs. */
export function validatorClass(): typeof whole.Validator {
  return (validator ??= part('Validator', 'validation/Validator'))
}
