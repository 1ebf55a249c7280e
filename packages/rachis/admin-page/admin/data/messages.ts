import type { I18nProvider } from 'ra-core'

const MESSAGES: Readonly<Record<string, string>> = {
  'ra.notification.created': 'Created',
  'ra.notification.updated': 'Saved',
  'ra.notification.deleted': 'Deleted',
  'ra.notification.item_doesnt_exist': 'There is no such record, or it is not yours to see',
  'ra.notification.http_error': 'The server could not be reached',
  'ra.notification.data_provider_error': 'Something went wrong',
  'ra.notification.logged_out': 'Your session is over: sign in again',
  'ra.notification.not_authorized': 'You may not see this',
  'ra.message.invalid_form': 'Something in the form is not right',
  'ra.message.unsaved_changes': 'Your changes are not saved. Leave all the same?',
  'ra.auth.sign_in_error': 'Signing in failed'
}

/** What react-admin says by itself; the page's own texts stand where they are shown. */
export const i18nProvider: I18nProvider = {
  translate: (key: string, options?: { _?: string }) =>
    MESSAGES[key] ?? options?._ ?? key.split('.').at(-1)!.replace(/_/g, ' '),
  changeLocale: async () => undefined,
  getLocale: () => 'en'
}
