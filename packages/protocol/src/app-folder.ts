/** Where a release has its web app. Authors' folders of this name are never packed, so nothing collides. */
export const APP_FOLDER = ".berth/app";
