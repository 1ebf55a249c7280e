export const Waiting = () => (
  <p className="waiting" role="status">
    Loading…
  </p>
)

/** What cannot be shown, with what the server said of it. */
export const Wrong = ({ error }: { error: unknown }) => (
  <div className="banner error" role="alert">
    {(error as Error | undefined)?.message ?? 'Something went wrong'}
  </div>
)

export const Empty = ({ children }: { children: React.ReactNode }) => <p className="empty">{children}</p>
