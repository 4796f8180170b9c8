import { Get, Returns, Route } from '@lokstra/core'

import { ListProducts } from '../catalog/catalog.dto.js'
import { CatalogService } from '../catalog/catalog.service.js'
import { Product } from '../catalog/product.js'

@Route('/products')
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get()
  @Returns([Product])
  list(query: ListProducts): Promise<Product[]> {
    return this.catalog.products(query)
  }
}
