/**
 * What core takes of class-validator, module by module. Its index loads 321 modules, and with them validator.js and the phone numbers
 * of the world: 80 ms and 15 MB that an application pays when its own DTOs import the index, and a process without DTOs does not.
 * The storage of metadata is one for all copies and parts of the package in the process.
 */
import type * as whole from 'class-validator'
import { getFromContainer as getFromContainerPart } from 'class-validator/cjs/container.js'
import { Allow as allowPart } from 'class-validator/cjs/decorator/common/Allow.js'
import { IsIn as isInPart } from 'class-validator/cjs/decorator/common/IsIn.js'
import { IsNotEmpty as isNotEmptyPart } from 'class-validator/cjs/decorator/common/IsNotEmpty.js'
import { IsOptional as isOptionalPart } from 'class-validator/cjs/decorator/common/IsOptional.js'
import { ValidateNested as validateNestedPart } from 'class-validator/cjs/decorator/common/ValidateNested.js'
import { Max as maxPart } from 'class-validator/cjs/decorator/number/Max.js'
import { Min as minPart } from 'class-validator/cjs/decorator/number/Min.js'
import { Matches as matchesPart } from 'class-validator/cjs/decorator/string/Matches.js'
import { IsBoolean as isBooleanPart } from 'class-validator/cjs/decorator/typechecker/IsBoolean.js'
import { IsInt as isIntPart } from 'class-validator/cjs/decorator/typechecker/IsInt.js'
import { IsString as isStringPart } from 'class-validator/cjs/decorator/typechecker/IsString.js'
import { getMetadataStorage as getMetadataStoragePart } from 'class-validator/cjs/metadata/MetadataStorage.js'
import { registerDecorator as registerDecoratorPart } from 'class-validator/cjs/register-decorator.js'
import { ValidationError as validationErrorPart } from 'class-validator/cjs/validation/ValidationError.js'
import { Validator as validatorPart } from 'class-validator/cjs/validation/Validator.js'

// With the types of the index, so that declarations name nothing that the package does not type.
export const getFromContainer: typeof whole.getFromContainer = getFromContainerPart
export const Allow: typeof whole.Allow = allowPart
export const IsIn: typeof whole.IsIn = isInPart
export const IsNotEmpty: typeof whole.IsNotEmpty = isNotEmptyPart
export const IsOptional: typeof whole.IsOptional = isOptionalPart
export const ValidateNested: typeof whole.ValidateNested = validateNestedPart
export const Max: typeof whole.Max = maxPart
export const Min: typeof whole.Min = minPart
export const Matches: typeof whole.Matches = matchesPart
export const IsBoolean: typeof whole.IsBoolean = isBooleanPart
export const IsInt: typeof whole.IsInt = isIntPart
export const IsString: typeof whole.IsString = isStringPart
export const getMetadataStorage: typeof whole.getMetadataStorage = getMetadataStoragePart
export const registerDecorator: typeof whole.registerDecorator = registerDecoratorPart
export type ValidationError = whole.ValidationError
export const ValidationError: typeof whole.ValidationError = validationErrorPart
export type Validator = whole.Validator
export const Validator: typeof whole.Validator = validatorPart
