import { accounts } from 'rachis/accounts'
import { admin } from 'rachis/admin'
import { batch } from 'rachis/batch'
import { cleanFiles, files } from 'rachis/files'
import { graphql } from 'rachis/graphql'
import { jobs } from 'rachis/jobs'
import { notifications } from 'rachis/notifications'
import { receivers } from 'rachis/receivers'
import { webhooks } from 'rachis/webhooks'
import { declaredNotifications } from './notifications'
import { pages } from './pages'
import { notePayment, payments } from './services/orders/payment-webhook'

/** What this application is built on besides the engine. */
export const modules = [
  accounts,
  batch,
  graphql,
  admin,
  files(),
  jobs([notePayment, cleanFiles]),
  receivers([payments]),
  webhooks(),
  notifications(declaredNotifications),
  pages
]
