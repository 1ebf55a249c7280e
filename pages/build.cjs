// @ts-check
'use strict'

const path = require('node:path')
const bundle = require('../packages/rachis/admin-page/bundle.cjs')

const ROOT = path.join(__dirname, '..')
/** The folders here that are pages, with their titles. */
const SITE = {
  folder: __dirname,
  pages: { shop: 'Shop', stock: 'Stock' },
  sources: ['package-lock.json', 'packages/rachis/src/client', 'packages/rachis/admin-page/admin/data'].map(
    (name) => path.join(ROOT, name)
  )
}

/** @param {string} folder @returns {Promise<string>} the folder of the bundle, which is made there unless it is there */
const buildInto = (folder) => bundle.buildInto(SITE, folder)

module.exports = { buildInto }

if (require.main === module) void bundle.build(SITE, process.argv[2] ?? path.join(ROOT, 'lib/pages'))
