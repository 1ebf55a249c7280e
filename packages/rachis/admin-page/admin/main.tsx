import { createRoot } from 'react-dom/client'
import { App } from './app'
import { finishOauth } from './data/auth-provider'
import { applyTheme } from './shell/theme'
import './style.css'

applyTheme()

const problem = await finishOauth()
createRoot(document.getElementById('root')!).render(<App problem={problem} />)
