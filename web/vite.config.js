import { defineConfig } from 'vite'

// Relative addresses: the page works behind any path prefix. Nothing is inlined: the page is served
// under a Content-Security-Policy that allows scripts and styles from files of its own only.
export default defineConfig({
  base: './',
  build: {
    outDir: '../src/varde/app/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
