import { createRoot } from 'react-dom/client'
import '../shared/base.css'
import './style.css'
import { Shop } from './shop'

createRoot(document.getElementById('root')!).render(<Shop />)
