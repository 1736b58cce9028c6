import type { Metadata, Viewport } from 'next';
import type { ReactElement, ReactNode } from 'react';
import '../src/style.css';

export const metadata: Metadata = {
  title: 'wattest: proofs in the page',
  description: 'Prove a run of a WebAssembly program in this page, and attest its result on a chain.',
};
export const viewport: Viewport = { colorScheme: 'light dark' };

export default function Layout({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
