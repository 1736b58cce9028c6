'use client';
import dynamic from 'next/dynamic';

/** In the browser alone: what it shows is the wallet's, the chain's and the prover's there. */
export default dynamic(() => import('../src/page.tsx').then(({ Page }) => Page), { ssr: false });
