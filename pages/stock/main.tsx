import { createRoot } from 'react-dom/client'
import '../shared/base.css'
import './style.css'
import { StockPages } from './stock-pages'

createRoot(document.getElementById('root')!).render(<StockPages />)
