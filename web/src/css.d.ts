/** Style sheets of sections: the build puts them into files of their own and fetches them with the section. */
declare module '*.css'
