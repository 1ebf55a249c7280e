import { lazy, Suspense, useState } from 'react'
import type { DescribedResource } from '../data/description'
import { operation } from '../data/description'
import { OperationButton } from '../record/operation-button'
import { actionsOn } from '../record/operations'
import { ColumnsButton, useColumns } from './columns'
import { ExportButton } from './export'
import { SavedViews } from './saved-views'

const ImportDialog = lazy(() => import('./import-dialog'))
const RemovedDialog = lazy(() => import('./removed-dialog'))

interface Props {
  readonly resource: DescribedResource
}
type Shown = 'import' | 'removed' | undefined

const Dialogs = ({ resource, shown, close }: Props & { shown: Shown; close: () => void }) => (
  <Suspense>
    {shown === 'import' && <ImportDialog resource={resource} onClose={close} />}
    {shown === 'removed' && <RemovedDialog resource={resource} onClose={close} />}
  </Suspense>
)

/** What can be done with a list as a whole. */
export const Tools = ({ resource }: Props) => {
  const [shown, show] = useState<Shown>()
  const [columns, setColumns] = useColumns(resource)
  const isImported = operation(resource, 'create')?.consumes.includes('text/csv')

  return (
    <>
      {actionsOn(resource, 'collection').map((one) => (
        <OperationButton key={one.name} resource={resource} operation={one} />
      ))}
      <ColumnsButton resource={resource} columns={columns} onChange={setColumns} />
      <SavedViews resource={resource} />
      <ExportButton resource={resource} />
      {isImported && (
        <button type="button" onClick={() => show('import')}>
          Import
        </button>
      )}
      {operation(resource, 'restore') && (
        <button type="button" onClick={() => show('removed')}>
          Removed
        </button>
      )}
      <Dialogs resource={resource} shown={shown} close={() => show(undefined)} />
    </>
  )
}
