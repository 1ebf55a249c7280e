import { conformance } from 'rachis/testing'
import { notebookApp } from './notebook'

/** Run by node itself, without a runner: then node:test is the runner. */
conformance({ ...notebookApp, only: ['notebooks', 'notes'] })
