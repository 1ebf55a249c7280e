// @ts-check
'use strict'

const path = require('node:path')
const bundle = require('./bundle.cjs')

const ENGINE = path.join(__dirname, '..')
/** The folders here that are pages, with their titles. */
const SITE = {
  folder: __dirname,
  pages: { admin: 'Admin', landing: 'Rachis' },
  sources: ['package.json', 'src/client'].map((name) => path.join(ENGINE, name))
}

/** @param {string} folder @returns {Promise<string>} the folder of the bundle, which is made there unless it is there */
const buildInto = (folder) => bundle.buildInto(SITE, folder)

module.exports = { buildInto }

if (require.main === module) void bundle.build(SITE, process.argv[2] ?? path.join(ENGINE, 'lib/admin-page'))
