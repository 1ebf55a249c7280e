import { createRoot } from 'react-dom/client'
import { App } from './app'
import { finishOauth } from './data/auth-provider'
import { applyTheme, followSystem } from './shell/theme'
import './style.css'

applyTheme()
followSystem()

const problem = await finishOauth()
createRoot(document.getElementById('root')!).render(<App problem={problem} />)
